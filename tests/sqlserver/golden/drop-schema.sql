DROP SCHEMA [it's ]]];
