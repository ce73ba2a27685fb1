DECLARE @objname nvarchar(4000) = CONVERT(nvarchar(max), N'[it''s ]]].[a "b"; -- [c]]]]\') + N'
/* 😀 ?]', @newname nvarchar(4000) = CONVERT(nvarchar(max), N'it''s \') + N'
another', @objtype nvarchar(4000) = N'OBJECT';
EXEC sys.sp_rename @objname = @objname, @newname = @newname, @objtype = @objtype;
