using System.Runtime.CompilerServices;

namespace Daos.Fabric.Transport.Tests.Harness;

/// <summary>Reads and writes remote memory in a ULT, over and over, without allocating itself.</summary>
internal sealed class TransferDriver(TransportConnection connection, RemoteMemory memory, NativeBlock local)
{
    internal bool IsRunning { get; private set; }

    internal int Failures { get; private set; }

    internal void Start(OwnerLoop loop, int count)
    {
        IsRunning = true;
        loop.Spawn(Run(count));
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask Run(int count)
    {
        for (int i = 0; i < count; i++)
        {
            DerCode read = await Read();
            DerCode written = await Write();
            Failures += read.IsSuccess && written.IsSuccess ? 0 : 1;
        }

        IsRunning = false;
    }

    private unsafe ValueTask<DerCode> Read() => connection.ReadRemoteAsync(memory, 0, local.Address, local.LengthBytes);

    private unsafe ValueTask<DerCode> Write() => connection.WriteRemoteAsync(memory, 0, local.Address, local.LengthBytes);
}
