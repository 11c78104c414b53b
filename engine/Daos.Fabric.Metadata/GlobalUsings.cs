global using System.Diagnostics;
global using System.Runtime.CompilerServices;
global using Daos.Fabric.Core.Errors;
global using Daos.Fabric.Core.Threading;
global using Daos.Fabric.Reactor;
