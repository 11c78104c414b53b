global using System.Diagnostics;
global using System.Globalization;
global using System.Runtime.CompilerServices;
global using System.Runtime.InteropServices;
global using Daos.Fabric.Core.Errors;
global using Daos.Fabric.Core.Metrics;
global using Daos.Fabric.Core.Randomness;
global using Daos.Fabric.Core.Threading;
