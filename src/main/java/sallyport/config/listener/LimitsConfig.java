package sallyport.config.listener;

import java.time.Duration;
import sallyport.config.setting.Limit;
import sallyport.config.setting.Looser;
import sallyport.config.setting.Section;

/**
 * Limits of a listener's clients.
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
    @Limit(
            key = "max-connections",
            min = "1",
            max = "1000000",
            looser = Looser.NEVER,
            reason = "capacity (decision 42)")
        int maxConnections,
    @Limit(key = "max-request-line", min = "256B", max = "1MiB", looser = Looser.RAISED)
        int maxRequestLine,
    @Limit(key = "max-header", min = "1KiB", max = "1MiB", looser = Looser.RAISED)
        int maxHeaderBytes,
    @Limit(key = "max-fields", min = "16", max = "10000", looser = Looser.RAISED) int maxFields,
    @Limit(key = "max-trailer", min = "0", max = "1MiB", looser = Looser.RAISED)
        int maxTrailerBytes,
    @Limit(key = "max-chunk-extension", min = "0", max = "64KiB", looser = Looser.RAISED)
        int maxChunkExtensionBytes,
    @Limit(key = "max-body", min = "0B", looser = Looser.NEVER, reason = "capacity (decision 42)")
        long maxBodyBytes,
    @Limit(key = "header-timeout", min = "10ms", max = "1h", looser = Looser.RAISED)
        Duration headerTimeout,
    @Limit(key = "body-idle-timeout", min = "10ms", max = "1h", looser = Looser.RAISED)
        Duration bodyIdleTimeout,
    @Limit(key = "half-closed-timeout", min = "0", max = "1h", looser = Looser.RAISED)
        Duration halfClosedTimeout,
    @Limit(key = "keep-alive-timeout", min = "10ms", max = "1h", looser = Looser.RAISED)
        Duration keepAliveTimeout,
    @Limit(
            key = "max-requests-per-connection",
            min = "1",
            looser = Looser.NEVER,
            reason = "capacity (decision 42)")
        int maxRequestsPerConnection,
    @Section("") PaceConfig pace,
    @Section("new-connections") RateConfig newConnections,
    @Section("per-source") PerSourceConfig perSource) {}
