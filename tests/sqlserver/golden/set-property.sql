DECLARE
    @name nvarchar(128) = N'MS_Description',
    @value nvarchar(3750) = CONVERT(nvarchar(max), N'it''s\') + N'
all',
    @level0type varchar(128) = N'SCHEMA',
    @level0name nvarchar(128) = N'gold',
    @level1type varchar(128) = N'VIEW',
    @level1name nvarchar(128) = N'orders';
EXEC sys.sp_addextendedproperty
    @name = @name, @value = @value, @level0type = @level0type, @level0name = @level0name, @level1type = @level1type, @level1name = @level1name;
