using PatchEdge.OpcUa.Encoding;

namespace PatchEdge.OpcUa.Services;

/// <summary>A request of any service; its header can be stamped by whoever sends it.</summary>
public interface IServiceRequest : IEncodable
{
    RequestHeader RequestHeader { get; set; }
}

/// <summary>A response of any service, or a fault.</summary>
public interface IServiceResponse : IEncodable
{
    ResponseHeader ResponseHeader { get; set; }
}

public interface IServiceRequest<TSelf> : IServiceRequest, IEncodable<TSelf> where TSelf : IServiceRequest<TSelf>;

public interface IServiceResponse<TSelf> : IServiceResponse, IEncodable<TSelf> where TSelf : IServiceResponse<TSelf>;
