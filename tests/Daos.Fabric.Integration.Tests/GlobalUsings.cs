global using Daos.Fabric.Client;
global using Daos.Fabric.Client.Containers;
global using Daos.Fabric.Client.KeyValues;
global using Daos.Fabric.Client.Pools;
global using Daos.Fabric.Core.Errors;
global using Daos.Fabric.Core.Identities;
global using Daos.Fabric.Core.Randomness;
global using Daos.Fabric.TestKit.Ledgers;
global using Daos.Fabric.TestKit.Processes;

// Signals, unix sockets and file modes: these tests start what is shipped for Linux.
[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]
