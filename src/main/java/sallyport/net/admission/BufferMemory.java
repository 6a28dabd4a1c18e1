package sallyport.net.admission;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetric;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.util.internal.PlatformDependent;

/**
 * The memory that the buffers of all connections hold together, measured where it is allocated.
 * Over the limit nothing new is begun, so that what has begun can end: a refusal in place of an
 * OutOfMemoryError that would hit anybody.
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

  /** Bytes that buffers hold now, in whole chunks of the allocator. */
  public long used() {
    return allocated.usedDirectMemory() + allocated.usedHeapMemory();
  }

  /** Bytes that they may hold. */
  public long limit() {
    return limit;
  }

  /** Whether nothing new may be begun. */
  public boolean isExhausted() {
    return used() >= limit;
  }
}
