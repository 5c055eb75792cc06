# Follows every link of the hosts under 127.1. and counts the pages; run by the
# benchmark as: scrapy runspider spider.py -a seed=URL -s CONCURRENT_REQUESTS=N
import scrapy
from scrapy.linkextractors import LinkExtractor


class Spider(scrapy.Spider):
    name = "bench"
    pages = 0

    def __init__(self, seed, **kwargs):
        super().__init__(**kwargs)
        self.start_urls = [seed]
        self.links = LinkExtractor()

    def parse(self, response):
        self.pages += 1
        for link in self.links.extract_links(response):
            yield scrapy.Request(link.url)

    def closed(self, reason):
        print(self.pages)
