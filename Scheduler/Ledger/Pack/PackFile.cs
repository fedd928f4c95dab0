using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace PatchEdge.Scheduler.Ledger.Pack;

/// <summary>Closes a pack: manifest, seal, and all of it as one file.</summary>
internal static class PackFile
{
    /// <param name="about">What the manifest says of the pack.</param>
    /// <param name="files">By name; all of <see cref="PackLayout.Files"/>.</param>
    /// <param name="seal">Signs the manifest's hash.</param>
    public static async Task<byte[]> CloseAsync(JsonObject about, IReadOnlyDictionary<string, byte[]> files, Func<string, Task<string>> seal)
    {
        var manifest = Manifest(about, files);
        var token = await seal(Convert.ToHexStringLower(SHA256.HashData(manifest)));
        return StoredZip.Write(
        [
            new ZipEntry(PackLayout.Manifest, manifest),
            new ZipEntry(PackLayout.Seal, Encoding.ASCII.GetBytes(token)),
            .. PackLayout.Files.Select(name => new ZipEntry(name, files[name])),
        ]);
    }

    private static byte[] Manifest(JsonObject about, IReadOnlyDictionary<string, byte[]> files)
    {
        var manifest = (JsonObject)about.DeepClone();
        manifest["format"] = PackLayout.Format;
        manifest["files"] = new JsonArray([.. PackLayout.Files.Select(name => (JsonNode)new JsonObject
        {
            ["name"] = name, ["bytes"] = files[name].Length, ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(files[name])),
        })]);
        return Encoding.UTF8.GetBytes(CanonicalJson.Write(manifest));
    }
}
