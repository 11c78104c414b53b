namespace Daos.Fabric.Metadata.Etcd.Connections;

/// <summary>
/// Which member requests go to: the same one until it fails, then the next one. The operator hears of a failure once, until the member answers
/// again. Any thread.
/// </summary>
internal sealed class EtcdMembers(EtcdOptions options)
{
    private readonly string?[] _failures = new string?[options.Endpoints.Count];
    private int _current;

    internal int Current => Volatile.Read(ref _current);

    internal Uri UriOf(int member, string path) => new(options.Endpoints[member], path);

    /// <summary>The member answered.</summary>
    internal void Keep(int member)
    {
        if (Volatile.Read(ref _failures[member]) is not null)
        {
            Volatile.Write(ref _failures[member], null);
        }
    }

    /// <summary>The member did not do its work: the next requests go elsewhere, when there is an elsewhere.</summary>
    internal void Leave(int member, string why)
    {
        Interlocked.CompareExchange(ref _current, (member + 1) % _failures.Length, member);
        if (Interlocked.Exchange(ref _failures[member], why) != why)
        {
            options.Notice?.Invoke($"etcd member {options.Endpoints[member].GetLeftPart(UriPartial.Authority)} fails: {why}");
        }
    }
}
