namespace Daos.Fabric.Rpc.SelfTests;

/// <summary>How one side of a test call moves its bytes (CART: empty, iov, bulk).</summary>
public enum SelfTestTransfer : byte
{
    /// <summary>No bytes.</summary>
    Empty = 0,

    /// <summary>In the message, or one-sided when it is above <see cref="RpcOptions.EagerBytesMax"/>, as every payload.</summary>
    Inline = 1,

    /// <summary>By a bulk handle that the server uses: GET of what is sent, PUT of the reply.</summary>
    Bulk = 2,
}
