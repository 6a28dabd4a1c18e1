package sallyport.downstream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import java.net.InetSocketAddress;
import sallyport.codec.Http1ServerCodec;
import sallyport.codec.HttpLimits;
import sallyport.config.HttpRulesConfig;
import sallyport.config.LimitsConfig;
import sallyport.redirect.RedirectHandler;
import sallyport.redirect.Redirection;

/** The pipeline of a plain connection: it ends in a redirect. */
public final class PlainPipeline extends ChannelInitializer<Channel> {
  private final LimitsConfig limits;
  private final Redirection redirection;

  /** For all connections of one listener. */
  public PlainPipeline(LimitsConfig limits, Redirection redirection) {
    this.limits = limits;
    this.redirection = redirection;
  }

  @Override
  protected void initChannel(Channel channel) {
    InetSocketAddress client = (InetSocketAddress) channel.remoteAddress();
    RequestTimeouts timeouts = RequestTimeouts.forConnection(limits);
    ChannelPipeline pipeline = channel.pipeline();
    pipeline.addLast("wire", timeouts.wire());
    pipeline.addLast(
        "http", new Http1ServerCodec(HttpLimits.of(limits), HttpRulesConfig.STRICT.fieldNames()));
    pipeline.addLast("timeouts", timeouts);
    pipeline.addLast("redirect", new RedirectHandler(redirection, client));
  }
}
