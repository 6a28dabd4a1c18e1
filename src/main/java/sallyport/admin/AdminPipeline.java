package sallyport.admin;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.flow.FlowControlHandler;
import io.netty.handler.timeout.ReadTimeoutHandler;
import java.util.Set;
import java.util.function.Supplier;

/** The pipeline of a connection to the admin listener. */
@Sharable
public final class AdminPipeline extends ChannelInitializer<Channel> {
  private static final int IDLE_SECONDS = 60;
  private static final int MAX_BODY = 1024;

  private final Supplier<Set<String>> hosts;
  private final AdminPages pages;

  /**
   * @param hosts names that are answered, besides addresses and localhost; asked each time
   */
  public AdminPipeline(Supplier<Set<String>> hosts, AdminPages pages) {
    this.hosts = hosts;
    this.pages = pages;
  }

  @Override
  protected void initChannel(Channel channel) {
    channel.config().setAutoRead(false);
    channel.pipeline().addLast("idle", new ReadTimeoutHandler(IDLE_SECONDS));
    channel.pipeline().addLast("http", new HttpServerCodec());
    channel.pipeline().addLast("whole", new HttpObjectAggregator(MAX_BODY));
    channel.pipeline().addLast("one", new FlowControlHandler());
    channel.pipeline().addLast("admin", new AdminHandler(hosts, pages));
  }
}
