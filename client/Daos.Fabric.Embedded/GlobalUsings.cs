global using Daos.Fabric.Core.Errors;
