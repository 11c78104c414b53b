global using System.Runtime.CompilerServices;
global using Daos.Fabric.Core.Buffers;
global using Daos.Fabric.Core.Errors;
global using Daos.Fabric.Core.Randomness;
global using Daos.Fabric.Core.Threading;
global using Daos.Fabric.Reactor;
global using Daos.Fabric.Transport;
global using Daos.Fabric.Transport.Ofi;
