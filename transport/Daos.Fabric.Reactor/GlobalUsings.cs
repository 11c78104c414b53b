global using System.Diagnostics;
global using System.Runtime.CompilerServices;
global using System.Runtime.InteropServices;
global using System.Runtime.Versioning;
global using Daos.Fabric.Core.Errors;
global using Daos.Fabric.Core.Threading;
