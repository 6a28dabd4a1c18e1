package sallyport.front.h1;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelPipeline;
import org.jspecify.annotations.Nullable;
import sallyport.config.listener.LimitsConfig;
import sallyport.config.listener.ListenerConfig;
import sallyport.http.codec.HttpLimits;
import sallyport.http.codec.h1.Http1ServerCodec;
import sallyport.http.forwarded.ConnectionInfo;
import sallyport.http.forwarded.ForwardedHeaders;
import sallyport.proxy.ProxyContext;

/** Handlers of HTTP/1.1 that are forwarded, with and without TLS in front of them. Stateless. */
public final class Http1Pipeline {
  /** The name of the first handler. */
  public static final String FIRST = "wire";

  private Http1Pipeline() {}

  /**
   * Adds the handlers.
   *
   * @param hsts sets Strict-Transport-Security; null without TLS: browsers ignore the field there
   *     (RFC 6797 section 7.2)
   * @return the last of them
   */
  public static Http1ServerConnection add(
      ChannelPipeline pipeline,
      ListenerConfig.Http listener,
      ProxyContext context,
      ConnectionInfo info,
      ForwardedHeaders forwarded,
      @Nullable ChannelHandler hsts) {
    LimitsConfig limits = listener.limits();
    RequestTimeouts timeouts = new RequestTimeouts(limits);
    pipeline.addLast(FIRST, timeouts.wire());
    pipeline.addLast(
        "http", new Http1ServerCodec(HttpLimits.of(limits), listener.http().fieldNames()));
    pipeline.addLast("timeouts", timeouts);
    if (hsts != null) {
      pipeline.addLast("hsts", hsts);
    }
    Http1ServerConnection connection = new Http1ServerConnection(context, info, forwarded);
    pipeline.addLast("proxy", connection);
    return connection;
  }
}
