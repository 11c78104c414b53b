namespace Daos.Fabric.Protocol;

/// <summary>
/// Connects to a pool or opens a container under a handle that the client draws, as in DAOS: who sends the request again, because no
/// answer came, gets the same handle and not a second one. The pool handle (16 bytes; zero to connect), the new handle (16 bytes,
/// not zero) and a name.
/// </summary>
/// <param name="Pool">The pool handle of a container; the empty UUID to connect.</param>
/// <param name="Handle">The handle to be, drawn at random: whoever knows it may use it.</param>
/// <param name="Name">What to open.</param>
public readonly record struct OpenRequest(Guid Pool, Guid Handle, EntityName Name)
{
    /// <summary>Room to ask for.</summary>
    public const int BytesMax = 32 + EntityName.BytesMax;

    /// <summary>Fills the payload and returns its length.</summary>
    public int Write(Span<byte> payload)
    {
        var writer = new WireWriter(payload);
        writer.WriteGuid(Pool);
        writer.WriteGuid(Handle);
        Name.Write(ref writer);
        Invariant.Check(!writer.Failed);
        return writer.Position;
    }

    /// <summary>Reads it; false when it is malformed, has no handle or no name.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out OpenRequest request)
    {
        var reader = new WireReader(payload);
        request = new OpenRequest(reader.ReadGuid(), reader.ReadGuid(), EntityName.Read(ref reader));
        return reader.IsComplete && request.Handle != Guid.Empty && request.Name.IsSet;
    }
}
