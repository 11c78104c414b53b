namespace Daos.Fabric.Store.Tests.Recovery;

/// <summary>An image that lost something acknowledged or shows something half; nothing else proves that the mutation was caught.</summary>
internal sealed class LossException(string message) : Exception(message);
