CREATE UNIQUE NONCLUSTERED INDEX [ix net] ON [rewind_r2_gold].[orders] ([net] DESC, [id])
INCLUDE ([tax], [a b])
WHERE ([net]>(0))
WITH (IGNORE_DUP_KEY = ON, ALLOW_ROW_LOCKS = OFF);
