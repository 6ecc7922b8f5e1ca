-- Where the services answer. Keystone's own entry is made when it is bootstrapped.
INSERT INTO service (id, type, enabled, extra) VALUES
  (MD5('compute'), 'compute', 1, '{"name": "nova"}'),
  (MD5('image'), 'image', 1, '{"name": "glance"}'),
  (MD5('network'), 'network', 1, '{"name": "neutron"}'),
  (MD5('placement'), 'placement', 1, '{"name": "placement"}'),
  -- Only a box whose servers have no machines has it.
  (MD5('volumev3'), 'volumev3', 0, '{"name": "cinder"}');

INSERT INTO endpoint (id, interface, service_id, url, extra, enabled, region_id)
SELECT MD5(CONCAT(service.type, interfaces.name)), interfaces.name, service.id, addresses.url, '{}', 1, 'RegionOne'
FROM service
JOIN (
  SELECT 'compute' AS type, 'http://172.24.4.2:8774/v2.1' AS url
  UNION SELECT 'image', 'http://172.24.4.2:9292'
  UNION SELECT 'network', 'http://172.24.4.2:9696'
  UNION SELECT 'placement', 'http://172.24.4.2:8778'
  UNION SELECT 'volumev3', 'http://172.24.4.2:8776/v3/$(project_id)s'
) AS addresses ON addresses.type = service.type
JOIN (SELECT 'public' AS name UNION SELECT 'internal' UNION SELECT 'admin') AS interfaces;
