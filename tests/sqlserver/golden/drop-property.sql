DECLARE
    @name nvarchar(128) = N'MS_Description',
    @level0type varchar(128) = N'SCHEMA',
    @level0name nvarchar(128) = N'gold',
    @level1type varchar(128) = N'VIEW',
    @level1name nvarchar(128) = N'orders',
    @level2type varchar(128) = N'COLUMN',
    @level2name nvarchar(128) = N'id';
EXEC sys.sp_dropextendedproperty
    @name = @name, @level0type = @level0type, @level0name = @level0name, @level1type = @level1type, @level1name = @level1name, @level2type = @level2type, @level2name = @level2name;
