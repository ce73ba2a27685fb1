GRANT SELECT ([id]) ON OBJECT::[gold].[orders] TO [a "b"] WITH GRANT OPTION;
