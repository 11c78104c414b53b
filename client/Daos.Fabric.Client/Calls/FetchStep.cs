namespace Daos.Fabric.Client.Calls;

/// <summary>How far a fetch of one value came whose length nobody knew.</summary>
internal enum FetchStep : byte
{
    /// <summary>The value is expected inside the reply, or in the memory given.</summary>
    Plain,

    /// <summary>It did not fit a message: its size is asked for.</summary>
    Size,

    /// <summary>Its size is known: memory is taken and the value read into it.</summary>
    Block,
}
