global using System.Runtime.InteropServices;
global using Daos.Fabric.Core.Errors;
global using Daos.Fabric.Core.Randomness;
global using Daos.Fabric.Core.Threading;
global using Daos.Fabric.Store.Arenas;
global using Daos.Fabric.Store.Transactions;
