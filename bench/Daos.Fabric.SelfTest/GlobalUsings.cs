global using System.Globalization;
global using System.Runtime.CompilerServices;
global using Daos.Fabric.Core.Errors;
global using Daos.Fabric.Core.Identities;
global using Daos.Fabric.Core.Threading;
global using Daos.Fabric.Reactor;
global using Daos.Fabric.Rpc.SelfTests;
global using Daos.Fabric.Transport;
