global using System.Globalization;
global using Daos.Fabric.Core.Errors;
global using Daos.Fabric.Reactor;
global using Daos.Fabric.Transport;
