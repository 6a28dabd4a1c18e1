package sallyport.config.listener;

import java.time.Duration;

/**
 * What a listener's clients may use up.
 *
 * @param maxConnections open at once; a further one is closed as soon as it is accepted
 * @param maxRequestLine bytes of method, target and version; over it 414
 * @param maxHeaderBytes bytes of all header fields; over it 431
 * @param maxFields header fields of a request, and its trailer fields, each for themselves; 1 or
 *     more; over it 431
 * @param maxTrailerBytes bytes of all trailer fields of a chunked body; over it 431
 * @param maxChunkExtensionBytes bytes of all chunk extensions of a body together; over it 400
 * @param maxBodyBytes bytes of a request body, 0 or more; over it 413; a route may set its own
 * @param headerTimeout from the first byte of a request to the end of its header; over it 408
 * @param bodyIdleTimeout how long a body may pause while it is the client's turn: a request body,
 *     over it 408; a response that waits for its client, over it cut
 * @param halfClosedTimeout how long the answers to an HTTP/1 client that has ended its side of TCP
 *     may be without progress; over it given up; 0: at once
 * @param keepAliveTimeout how long a connection may be without a request; over it closed
 * @param maxRequestsPerConnection then the connection is closed; 1 or more
 * @param pace how fast bodies have to move
 * @param newConnections how fast connections may come, from all sources together
 * @param perSource what one source may have of these
 */
public record LimitsConfig(
    int maxConnections,
    int maxRequestLine,
    int maxHeaderBytes,
    int maxFields,
    int maxTrailerBytes,
    int maxChunkExtensionBytes,
    long maxBodyBytes,
    Duration headerTimeout,
    Duration bodyIdleTimeout,
    Duration halfClosedTimeout,
    Duration keepAliveTimeout,
    int maxRequestsPerConnection,
    PaceConfig pace,
    RateConfig newConnections,
    PerSourceConfig perSource) {}
