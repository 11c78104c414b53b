namespace Daos.Fabric.Metadata.Etcd.Connections;

/// <summary>One try at one member: an answer, or the code that says why not, and what that means for the next try.</summary>
internal readonly record struct EtcdReply<T>(DerCode Code, T? Value, bool WantsToken, bool BlamesMember, string Why)
{
    internal static EtcdReply<T> Of(DerCode code, string why) => new(code, default, false, false, why);

    internal static EtcdReply<T> Blame(DerCode code, string why) => new(code, default, false, true, why);
}
