using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Transport.Ofi.Native;

namespace Daos.Fabric.Transport.Ofi.Memory;

/// <summary>
/// Registrations of local memory, for providers that cannot move bytes of memory they do not know (verbs). Only slabs of our own are kept
/// registered, because only they say when they are freed; any other memory is registered for one transfer. What peers may reach is never
/// taken from here: a peer's key covers its range and permission and no more. Owned by its endpoint's owner thread.
/// </summary>
internal sealed unsafe class RegistrationCache(EndpointMemory memory)
{
    private const ulong LocalAccess = FiFabric.FI_READ | FiFabric.FI_WRITE | FiFabric.FI_SEND | FiFabric.FI_RECV;

    private readonly List<CachedSlab> _slabs = [];
    private long _uses;

    /// <summary>Slabs registered now.</summary>
    internal int Count { get; private set; }

    /// <summary>Registrations made since the start, cached or not.</summary>
    internal long Registered { get; private set; }

    /// <summary>Keeps this slab registered from its first use on, as long as there is room and it is not freed.</summary>
    internal void Add(NativeSlab slab)
    {
        if (memory.WantsLocalRegistration && !_slabs.Exists(s => ReferenceEquals(s.Slab, slab)))
        {
            _slabs.Add(new CachedSlab(slab));
            slab.Freeing += Forget;
        }
    }

    /// <summary>The form in which the provider takes this memory; false when it refuses it.</summary>
    internal bool TryAcquire(byte* address, long lengthBytes, out LocalRegistration registration)
    {
        registration = default;
        if (!memory.WantsLocalRegistration || lengthBytes == 0)
        {
            return true;
        }

        foreach (CachedSlab slab in _slabs)
        {
            if (slab.Contains(address, lengthBytes))
            {
                return TryUse(slab, out registration);
            }
        }

        fid_mr* region = Register(address, lengthBytes);
        registration = new LocalRegistration(region, null);
        return region != null;
    }

    /// <summary>The transfer is over.</summary>
    internal void Release(in LocalRegistration registration)
    {
        if (registration.Slab is { } slab)
        {
            slab.Users--;
        }
        else if (registration.Region != null)
        {
            memory.Deregister(registration.Region);
        }
    }

    /// <summary>Takes every registration back.</summary>
    internal void Clear()
    {
        foreach (CachedSlab slab in _slabs)
        {
            slab.Slab.Freeing -= Forget;
            Deregister(slab);
        }

        _slabs.Clear();
    }

    private bool TryUse(CachedSlab slab, out LocalRegistration registration)
    {
        registration = default;
        if (slab.Region == null)
        {
            if (Count == Limits.CachedRegistrations && !TryEvict())
            {
                return false;
            }

            slab.Region = Register(slab.Address, slab.LengthBytes);
            if (slab.Region == null)
            {
                return false;
            }

            Count++;
        }

        slab.Users++;
        slab.LastUse = ++_uses;
        registration = new LocalRegistration(slab.Region, slab);
        return true;
    }

    private fid_mr* Register(byte* address, long lengthBytes)
    {
        Registered++;
        return memory.Register(address, lengthBytes, LocalAccess, out _);
    }

    // The one that was unused for longest goes.
    private bool TryEvict()
    {
        CachedSlab? oldest = null;
        foreach (CachedSlab slab in _slabs)
        {
            if (slab.Region != null && slab.Users == 0 && (oldest is null || slab.LastUse < oldest.LastUse))
            {
                oldest = slab;
            }
        }

        if (oldest is not null)
        {
            Deregister(oldest);
        }

        return oldest is not null;
    }

    private void Forget(NativeSlab freed)
    {
        int index = _slabs.FindIndex(s => ReferenceEquals(s.Slab, freed));
        CachedSlab slab = _slabs[index];
        Invariant.Check(slab.Users == 0);
        freed.Freeing -= Forget;
        Deregister(slab);
        _slabs.RemoveAt(index);
    }

    private void Deregister(CachedSlab slab)
    {
        if (slab.Region != null)
        {
            memory.Deregister(slab.Region);
            slab.Region = null;
            Count--;
        }
    }
}
