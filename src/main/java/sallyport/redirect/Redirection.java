package sallyport.redirect;

import io.netty.channel.EventLoop;
import java.util.Map;
import sallyport.answer.RefusalLog;
import sallyport.net.transport.MinimumRate;
import sallyport.observe.access.AccessLog;
import sallyport.observe.audit.AuditLog;
import sallyport.observe.metrics.DownstreamMetrics;
import sallyport.route.RouteTable;

/** Shared parts of all connections of a redirecting listener. Immutable, any thread. */
public final class Redirection {
  final String listener;
  final RedirectGate gate;
  final int httpsPort;
  final Map<EventLoop, MinimumRate> pace;
  final DownstreamMetrics metrics;
  final RefusalLog refusals;
  final AccessLog accessLog;
  final AuditLog audit;

  /**
   * For one listener.
   *
   * @param listener its name
   * @param routes the hosts that are served; others are not redirected to
   * @param httpsPort the port at which clients reach the TLS listener
   * @param challenges the answers to certificate authorities
   * @param pace applies the minimum rate to the clients of each event loop
   */
  public Redirection(
      String listener,
      RouteTable routes,
      int httpsPort,
      ChallengeAnswers challenges,
      Map<EventLoop, MinimumRate> pace,
      DownstreamMetrics metrics,
      AccessLog accessLog,
      AuditLog audit) {
    this.listener = listener;
    this.gate = new RedirectGate(routes, challenges);
    this.httpsPort = httpsPort;
    this.pace = pace;
    this.metrics = metrics;
    this.refusals = new RefusalLog(listener, metrics, audit);
    this.accessLog = accessLog;
    this.audit = audit;
  }
}
