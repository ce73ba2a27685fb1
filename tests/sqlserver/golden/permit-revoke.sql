REVOKE SELECT ([id]) ON OBJECT::[gold].[orders] FROM [reader];
