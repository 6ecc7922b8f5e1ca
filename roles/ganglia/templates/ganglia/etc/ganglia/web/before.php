<?php
// Ganglia's pages are older than PHP 8. What they call that it no longer has, or that it has become strict about.
// php.ini takes the functions of the second kind away, so that they can be here.

function each(&$array) {
  $key = key($array);
  if ($key === null) return false;
  $value = current($array);
  next($array);
  return [0 => $key, 1 => $value, 'key' => $key, 'value' => $value];
}

function get_magic_quotes_gpc() {
  return false;
}

// Nothing is in what is no array.
function in_array($needle, $haystack, $strict = false) {
  return is_array($haystack) && array_search($needle, $haystack, $strict) !== false;
}

// Theirs want one argument more than they are given now, and would end the page at each warning.
function set_error_handler($handler, $levels = E_ALL) {
  return null;
}

// Arguments go by their order, whatever their keys are.
function call_user_func_array($callback, $arguments) {
  return $callback(...array_values($arguments));
}

// A name without quotation marks was text.
define('LOCALTIME', 'LOCALTIME');
