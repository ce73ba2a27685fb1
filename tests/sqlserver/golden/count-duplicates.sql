SELECT COUNT_BIG(*) FROM (
    SELECT [id], [a ]]b] FROM [it's ]]].[a "b"; -- [c]]]]\
/* 😀 ?] WHERE [id] IS NOT NULL AND [a ]]b] IS NOT NULL
    GROUP BY [id], [a ]]b] HAVING COUNT_BIG(*) > 1
) AS twice;
