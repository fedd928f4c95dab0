using System.Formats.Asn1;
using System.Net;

namespace PatchEdge.OpcUa.Security.Certificates;

/// <summary>The names in a subjectAltName extension that OPC UA looks at (Part 6 §6.2.2).</summary>
internal sealed class AlternativeNames
{
    private const int DnsName = 2;
    private const int Uri = 6;
    private const int IpAddress = 7;

    public List<string> Uris { get; } = [];
    public List<string> DnsNames { get; } = [];
    public List<IPAddress> Addresses { get; } = [];

    public static AlternativeNames Read(ReadOnlyMemory<byte> extension)
    {
        var names = new AlternativeNames();
        var sequence = new AsnReader(extension, AsnEncodingRules.DER).ReadSequence();
        while (sequence.HasData)
        {
            var tag = sequence.PeekTag();
            if (tag.TagClass != TagClass.ContextSpecific)
                throw new AsnContentException("A general name has an unexpected tag.");
            switch (tag.TagValue)
            {
                case DnsName:
                    names.DnsNames.Add(sequence.ReadCharacterString(UniversalTagNumber.IA5String, tag));
                    break;
                case Uri:
                    names.Uris.Add(sequence.ReadCharacterString(UniversalTagNumber.IA5String, tag));
                    break;
                case IpAddress:
                    names.Addresses.Add(new IPAddress(sequence.ReadOctetString(tag)));
                    break;
                default:
                    sequence.ReadEncodedValue();
                    break;
            }
        }
        return names;
    }
}
