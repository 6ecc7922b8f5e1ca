# The Terraform provider looks at what it asked for after 5 or 10 s for the first time, then 3 s later, then ever less
# often, whatever it is. A network and its subnet, which are there at once, so cost ten seconds before a server can be
# asked for, and each thing that goes costs eight. Built here it looks after half a second, and then after half as long
# again each time, every 10 s at last, as ever: somewhat more looks, which see soon what is done soon.
/^var refreshGracePeriod/a\
const firstLook = 500 * time.Millisecond
s/time\.After(conf\.Delay)/time.After(min(conf.Delay, firstLook))/
s/wait \*= 2$/wait += wait \/ 2/
s/wait < conf\.MinTimeout/wait < min(conf.MinTimeout, firstLook)/
s/wait = conf\.MinTimeout/wait = min(conf.MinTimeout, firstLook)/
