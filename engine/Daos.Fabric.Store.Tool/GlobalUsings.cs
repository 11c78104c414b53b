global using Daos.Fabric.Core.Errors;
global using Daos.Fabric.Core.Identities;
global using Daos.Fabric.Store.Checking;
global using Daos.Fabric.Store.Transactions.Tables;
