package sallyport.net.admission;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetric;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.util.internal.PlatformDependent;

/**
 * Memory that the buffers of all connections hold together, measured where it is allocated. Above
 * the limit new work is refused, so that work in progress can end. An OutOfMemoryError would hit
 * any connection.
 */
public final class BufferMemory {
  private final ByteBufAllocatorMetric allocated =
      ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT).metric();

  private final long limit;

  /**
   * @param limit in bytes; 0 for three quarters of what the JVM lets buffers have
   */
  public BufferMemory(long limit) {
    this.limit = limit > 0 ? limit : PlatformDependent.maxDirectMemory() / 4 * 3;
  }

  /** Returns the number of bytes that buffers hold now, in whole chunks of the allocator. */
  public long used() {
    return allocated.usedDirectMemory() + allocated.usedHeapMemory();
  }

  /** Returns the number of bytes that buffers may hold. */
  public long limit() {
    return limit;
  }

  /** Returns whether nothing new may be begun. */
  public boolean isExhausted() {
    return used() >= limit;
  }
}
