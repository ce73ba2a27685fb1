GRANT SELECT ON OBJECT::[gold].[orders] TO [reader];
