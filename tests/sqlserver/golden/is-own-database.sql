SELECT 1 WHERE DB_ID(CONVERT(nvarchar(128), @name)) = DB_ID();
