namespace Daos.Fabric.Metadata.Etcd.Connections;

/// <summary>One try at one member: an answer, or the code that says why not, and what that means for the next try.</summary>
internal readonly record struct EtcdReply<T>(DerCode Code, T? Value, bool WantsToken, bool BlamesMember, string Why);
