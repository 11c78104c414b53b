namespace Daos.Fabric.Store.Devices;

/// <summary>
/// Every place where what is durable of a device's own tables is about to change or has just changed. Tests cut the power at each of them; one
/// that no test reaches fails.
/// </summary>
internal enum DevicePersistPoint
{
    BeforeFormatTable,
    AfterFormatTable,
    BeforeFormatFlush,
    AfterFormatFlush,
    BeforeTableWrite,
    AfterTableWrite,
    BeforeHeaderCopy,
    AfterHeaderCopy,
    BeforeBlobTrim,
    AfterBlobTrim,
}
