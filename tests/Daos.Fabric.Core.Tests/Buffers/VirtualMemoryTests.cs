using System.Globalization;
using Daos.Fabric.Core.Buffers;

namespace Daos.Fabric.Core.Tests.Buffers;

public unsafe class VirtualMemoryTests
{
    private const ulong MiB = 1 << 20;

    [Fact]
    public void TryRelease_GivesMemoryBack_AndTheRestStays()
    {
        using VirtualMemory memory = VirtualMemory.Reserve(64 * MiB).Value;
        Assert.Equal(Daos.Fabric.Core.Errors.DerCode.Success, memory.CommitTo(32 * MiB));
        new Span<byte>(memory.Address, (int)(32 * MiB)).Fill(0x5A);
        if (!memory.TryRelease(8 * MiB, 16 * MiB))
        {
            Assert.False(OperatingSystem.IsLinux());
            return;
        }

        Assert.InRange(ResidentBytes(memory.Address), 16 * MiB, 18 * MiB);
        Assert.Equal(0x5A, memory.Address[(8 * MiB) - 1]);
        Assert.Equal(0x5A, memory.Address[24 * MiB]);
        Assert.Equal(-1, new ReadOnlySpan<byte>(memory.Address + (8 * MiB), (int)(16 * MiB)).IndexOfAnyExcept((byte)0));
        memory.Address[9 * MiB] = 1;
        Assert.Equal(32 * MiB, memory.CommittedBytes);
    }

    [Fact]
    public void TryRelease_OutsideWhatIsCommitted_IsRefused()
    {
        using VirtualMemory memory = VirtualMemory.Reserve(4 * MiB).Value;
        memory.CommitTo(MiB);
        Assert.Throws<InvariantException>(() => memory.TryRelease(0, 2 * MiB));
        Assert.Throws<InvariantException>(() => memory.TryRelease(MiB, VirtualMemory.PageBytes));
        Assert.Throws<InvariantException>(() => memory.TryRelease(1, VirtualMemory.PageBytes));
    }

    // What the kernel says of the mapping that holds the address.
    private static ulong ResidentBytes(byte* address)
    {
        bool inside = false;
        foreach (string line in File.ReadLines("/proc/self/smaps"))
        {
            int dash = line.IndexOf('-', StringComparison.Ordinal);
            int space = line.IndexOf(' ', StringComparison.Ordinal);
            if (dash > 0 && dash < space && ulong.TryParse(line.AsSpan(0, dash), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong start))
            {
                ulong end = ulong.Parse(line.AsSpan(dash + 1, space - dash - 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                inside = (ulong)address >= start && (ulong)address < end;
            }
            else if (inside && line.StartsWith("Rss:", StringComparison.Ordinal))
            {
                return ulong.Parse(line.AsSpan(4).Trim().ToString().Split(' ')[0], CultureInfo.InvariantCulture) * 1024;
            }
        }

        throw new InvalidOperationException("the mapping is not listed");
    }
}
