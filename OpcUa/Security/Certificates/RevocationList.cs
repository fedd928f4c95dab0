using System.Formats.Asn1;

namespace PatchEdge.OpcUa.Security.Certificates;

/// <summary>A certificate revocation list (RFC 5280 §5): which serial numbers an issuer has taken back.</summary>
internal sealed class RevocationList
{
    private readonly HashSet<string> revoked;

    private RevocationList(byte[] issuerName, SignedDer signed, DateTimeOffset? nextUpdate, HashSet<string> revoked)
    {
        IssuerName = issuerName;
        Signed = signed;
        NextUpdate = nextUpdate;
        this.revoked = revoked;
    }

    public byte[] IssuerName { get; }

    public SignedDer Signed { get; }

    /// <summary>From then on the list is out of date; null when it does not say.</summary>
    public DateTimeOffset? NextUpdate { get; }

    public bool Contains(ReadOnlySpan<byte> serialNumber) => revoked.Contains(Convert.ToHexString(serialNumber));

    /// <summary>Throws <see cref="AsnContentException"/> for anything but one whole list.</summary>
    public static RevocationList Read(byte[] der)
    {
        var signed = SignedDer.Read(der);
        var list = new AsnReader(signed.Content, AsnEncodingRules.DER).ReadSequence();
        if (list.PeekTag() == Asn1Tag.Integer)
            list.ReadInteger();
        list.ReadSequence();
        var issuer = list.ReadEncodedValue().ToArray();
        ReadTime(list);
        DateTimeOffset? nextUpdate = IsTime(list) ? ReadTime(list) : null;

        var revoked = new HashSet<string>(StringComparer.Ordinal);
        if (list.HasData && list.PeekTag() == Asn1Tag.Sequence)
        {
            var entries = list.ReadSequence();
            while (entries.HasData)
                revoked.Add(Convert.ToHexString(entries.ReadSequence().ReadIntegerBytes().Span));
        }
        return new RevocationList(issuer, signed, nextUpdate, revoked);
    }

    private static bool IsTime(AsnReader reader) =>
        reader.HasData && (reader.PeekTag() == Asn1Tag.UtcTime || reader.PeekTag() == Asn1Tag.GeneralizedTime);

    private static DateTimeOffset ReadTime(AsnReader reader) =>
        reader.PeekTag() == Asn1Tag.UtcTime ? reader.ReadUtcTime() : reader.ReadGeneralizedTime();
}
