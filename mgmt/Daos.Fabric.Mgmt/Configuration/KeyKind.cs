namespace Daos.Fabric.Mgmt.Configuration;

/// <summary>What a key takes.</summary>
internal enum KeyKind
{
    /// <summary>Any text.</summary>
    Text,

    /// <summary>An absolute path.</summary>
    Path,

    /// <summary>One of the names in <see cref="ConfigKey.Choices"/>.</summary>
    Choice,

    /// <summary>true or false.</summary>
    Flag,

    /// <summary>A whole number, decimal or 0x hexadecimal.</summary>
    Number,

    /// <summary>Bytes: a whole number with KiB, MiB, GiB or TiB; without a unit GiB, as DAOS has it.</summary>
    Size,

    /// <summary>Seconds: a whole number with s, m or h, or without a unit.</summary>
    Duration,

    /// <summary>A list of texts.</summary>
    Texts,

    /// <summary>A list of absolute paths or PCI addresses.</summary>
    Devices,

    /// <summary>A list of names in <see cref="ConfigKey.Choices"/>.</summary>
    Choices,

    /// <summary>A list of NAME=VALUE.</summary>
    Variables,

    /// <summary>A map of further keys.</summary>
    Section,

    /// <summary>A list of maps.</summary>
    Sections,
}
