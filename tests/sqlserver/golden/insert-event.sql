INSERT INTO [rewind].[event] (
    [environment], [sequence], [at], [kind], [version], [payload], [previous_hash], [hash]
) VALUES (
    @environment, @sequence, @at, @kind, @version, @payload, @previous_hash, @hash
);
