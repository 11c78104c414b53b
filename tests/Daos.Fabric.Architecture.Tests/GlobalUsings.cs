global using System.Text.RegularExpressions;
global using System.Xml.Linq;
global using Daos.Fabric.Architecture.Tests.Rules;
global using Daos.Fabric.Architecture.Tests.Support;
