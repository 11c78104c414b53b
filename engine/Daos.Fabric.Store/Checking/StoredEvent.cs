using Daos.Fabric.Core.Identities;

namespace Daos.Fabric.Store.Checking;

/// <summary>A creation or punch of an object or key.</summary>
/// <param name="Epoch">When.</param>
/// <param name="Minor">Order inside the epoch.</param>
/// <param name="IsPunch">True when it was punched.</param>
/// <param name="OlderCount">Events before it.</param>
public readonly record struct StoredEvent(Epoch Epoch, int Minor, bool IsPunch, long OlderCount);
