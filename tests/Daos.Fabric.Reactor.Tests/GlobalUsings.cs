global using System.Runtime.InteropServices;
global using Daos.Fabric.Core.Errors;
global using Daos.Fabric.Core.Threading;
