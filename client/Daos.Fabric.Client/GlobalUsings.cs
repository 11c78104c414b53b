global using System.Diagnostics;
global using System.Runtime.CompilerServices;
global using System.Runtime.InteropServices;
global using Daos.Fabric.Core.Checksums;
global using Daos.Fabric.Core.Errors;
global using Daos.Fabric.Core.Identities;
global using Daos.Fabric.Core.Threading;
global using Daos.Fabric.Reactor;
