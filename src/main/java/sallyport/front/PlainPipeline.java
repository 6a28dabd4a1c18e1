package sallyport.front;

import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import sallyport.config.http.HttpRulesConfig;
import sallyport.config.listener.LimitsConfig;
import sallyport.front.entrance.AcceptContext;
import sallyport.front.entrance.ProxyHeaderHandler;
import sallyport.front.h1.RequestTimeouts;
import sallyport.http.codec.HttpLimits;
import sallyport.http.codec.h1.Http1ServerCodec;
import sallyport.http.forwarded.ForwardedFor;
import sallyport.net.Peers;
import sallyport.redirect.ChallengeHold;
import sallyport.redirect.RedirectHandler;
import sallyport.redirect.Redirection;

/**
 * Pipeline of a plain connection, which ends in a redirect.
 *
 * <p>On the event loop of each connection; sharable.
 */
public final class PlainPipeline extends ChannelInitializer<Channel> {
  private final AcceptContext accept;
  private final LimitsConfig limits;
  private final Redirection redirection;

  /** Creates the pipeline for all connections of one listener. */
  public PlainPipeline(AcceptContext accept, LimitsConfig limits, Redirection redirection) {
    this.accept = accept;
    this.limits = limits;
    this.redirection = redirection;
  }

  @Override
  protected void initChannel(Channel channel) {
    ProxyHeaderHandler.addTo(channel, accept, this::build);
  }

  private void build(Channel channel) {
    RequestTimeouts timeouts = new RequestTimeouts(limits);
    ChannelPipeline pipeline = channel.pipeline();
    pipeline.addLast("wire", timeouts.wire());
    pipeline.addLast(
        "http",
        Http1ServerCodec.withoutUpgrades(
            HttpLimits.of(limits), HttpRulesConfig.STRICT.fieldNames()));
    pipeline.addLast("timeouts", timeouts);
    pipeline.addLast("challenges", new ChallengeHold(redirection));
    pipeline.addLast(
        "redirect",
        new RedirectHandler(
            redirection,
            new ForwardedFor(Peers.of(channel), accept.proxies().trusted()::contains)));
  }
}
