using Daos.Fabric.Client;

namespace Daos.Fabric.Embedded;

/// <summary>Starts DAOS inside the application: one line, a directory on disk, no other process.</summary>
public static class EmbeddedSystem
{
    extension(DaosSystem)
    {
        /// <summary>
        /// Starts an engine in this process over a directory, which is created when it is missing, and connects to it. The system's
        /// <see cref="DaosSystem.DisposeAsync"/> ends both; what was acknowledged is then on disk in any case. Threads are never pinned, and
        /// spin at most 50 us before they block unless the options say busy.
        /// </summary>
        /// <param name="path">The directory: empty, missing, or used by an engine before.</param>
        /// <param name="options">Null for the defaults.</param>
        /// <exception cref="DaosException">
        /// DER_BUSY when another engine uses the directory, DER_NO_PERM, DER_NOTDIR, DER_NOSPACE, DER_DF_INVAL and DER_DF_INCOMPT for a damaged
        /// or newer format, DER_MISMATCH when it was formatted otherwise.
        /// </exception>
        public static ValueTask<DaosSystem> StartEmbeddedAsync(string path, EmbeddedOptions? options = null) =>
            EmbeddedEngine.StartAsync(path, options ?? new EmbeddedOptions());
    }
}
