using Daos.Fabric.Core.Errors;

namespace Daos.Fabric.Mgmt.Storage;

/// <summary>Storage cannot be used or formatted; the message is one sentence that says what, why and what to do.</summary>
internal sealed class StorageException(DerCode code, string sentence) : Exception(sentence)
{
    internal DerCode Code { get; } = code;
}
