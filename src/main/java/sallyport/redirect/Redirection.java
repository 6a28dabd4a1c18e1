package sallyport.redirect;

import java.util.function.IntSupplier;
import sallyport.logging.AccessLog;
import sallyport.logging.AuditLog;
import sallyport.metrics.DownstreamMetrics;
import sallyport.route.RouteTable;

/**
 * What all connections of a redirecting listener share; immutable.
 *
 * @param listener its name
 * @param routes which hosts are served, so that no other can be redirected to
 * @param httpsPort the port that clients reach the TLS listener at; asked at each redirect, since
 *     it is known only once that listener is bound
 * @param challenges what certificate authorities are answered
 */
public record Redirection(
    String listener,
    RouteTable routes,
    IntSupplier httpsPort,
    ChallengeAnswers challenges,
    DownstreamMetrics metrics,
    AccessLog accessLog,
    AuditLog audit) {}
