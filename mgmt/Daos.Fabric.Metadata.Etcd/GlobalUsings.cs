global using System.Text.Json.Serialization;
global using Daos.Fabric.Core.Errors;
global using Daos.Fabric.Metadata.Etcd.Connections;
global using Daos.Fabric.Metadata.Etcd.Wire;
global using Daos.Fabric.Metadata.Etcd.Wire.Requests;
global using Daos.Fabric.Metadata.Etcd.Wire.Responses;
